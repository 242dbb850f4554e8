"""What is worth knowing of pictures besides who is in them: how good they are, and which are one picture."""
