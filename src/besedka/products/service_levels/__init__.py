"""Service levels: setting when people work and what is promised, and seeing what is about to be missed."""
