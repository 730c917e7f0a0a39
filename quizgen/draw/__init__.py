"""A secret and a name -> parameters that satisfy `require` and tell every mistake apart."""
