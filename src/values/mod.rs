//! Values with rules of their own: numbers, texts and places that several domains share.
