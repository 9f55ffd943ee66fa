"""How the bundled sentiment model is made: ``make train``. Nothing here runs in a worker."""
