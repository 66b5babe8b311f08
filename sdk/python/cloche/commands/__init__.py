"""The commands of `cloche`, one function each; a module is imported when one of its commands is called."""
