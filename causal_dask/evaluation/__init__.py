"""Tables and figures of fitted learners. They estimate nothing themselves."""
