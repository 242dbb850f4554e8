"""What is worth knowing of pictures besides who is in them. Exact duplicates so far."""
