"""The message board - a buyer leaves a message, staff answer it."""
