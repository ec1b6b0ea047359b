"""What is known of a member: facts, stage, scores, tags, memberships."""
