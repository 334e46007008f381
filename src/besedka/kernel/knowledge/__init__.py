"""What assistants know: sources, their documents and passages, and finding the right one."""
