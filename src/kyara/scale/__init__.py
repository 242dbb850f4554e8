"""Running shards: in this process now, on a cluster later. Nothing here knows a step or a model."""
