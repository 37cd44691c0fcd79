"""Coming and going: what leaves a workspace for other libraries, and what comes from outside."""
