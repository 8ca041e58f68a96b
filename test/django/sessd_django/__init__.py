"""Sessions for Django, kept by sessd. README.md says how to set it up."""
