"""Account: signing up and in, one's own settings, and those of the workspace and the installation, as pages."""
