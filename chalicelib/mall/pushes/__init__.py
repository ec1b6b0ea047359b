"""What WeChat pushes to the mall, verified and handed to the feature that it concerns."""
