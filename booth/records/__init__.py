"""What is kept of every tray: a journal of rows, and a folder of evidence."""
