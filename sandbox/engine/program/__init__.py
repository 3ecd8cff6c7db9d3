"""The program in its own process: started, hosted, watched, ended."""
