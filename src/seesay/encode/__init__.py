"""Words, frames and sound become one vector an item."""
