"""What buyers write in WeChat's customer service, and what staff answer there."""
