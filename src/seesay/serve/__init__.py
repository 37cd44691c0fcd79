"""The bundle that a service loads, the HTTP API over it, and the page."""
