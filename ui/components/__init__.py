"""What the browser runs: a Python wrapper, a script and a style sheet for each component, and the network runtime they share."""
