"""Templates of what is sent: versions with four eyes, language pairs, typed variables, lint on save and on send."""
