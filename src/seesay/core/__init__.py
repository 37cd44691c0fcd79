"""Settings, errors, progress, hashing, files and the plugin look-up; no domain logic."""
