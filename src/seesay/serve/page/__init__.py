"""The page for people who would rather look: a feed, items, search, the map, quality."""
