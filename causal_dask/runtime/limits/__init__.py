"""What keeps tasks from starting: memory that is not free, resources that others have."""
