"""The commands of the command line, a module each, thin over the packages that do the work."""
