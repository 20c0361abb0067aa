"""The HTTP door: gate, bind, read, envelope, once each and downwards."""
