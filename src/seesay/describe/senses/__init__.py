"""What perception sees, reads and hears, and how it puts that into words."""
