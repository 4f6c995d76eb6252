"""mmdesk: read cases of images and fields, with a model that learns from your corrections."""

from mmdesk.support.offline import stay_offline

__version__ = "0.1.0"

stay_offline()
