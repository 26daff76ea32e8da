"""Performs what the log says was started; command line, settings and composition live here too."""
