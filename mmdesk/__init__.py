"""mmdesk: read cases of images and fields, with a model that learns from your corrections."""

__version__ = "0.1.0"
