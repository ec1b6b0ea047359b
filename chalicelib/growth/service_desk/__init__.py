"""The buyer's service: questions and answers, the message board, tickets, WeChat's customer messages."""
