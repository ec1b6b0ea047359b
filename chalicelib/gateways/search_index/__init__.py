"""Product search behind a small port: an embedded tantivy index, published to S3, loaded once per container.

``schemas`` holds the port (:class:`~chalicelib.gateways.search_index.schemas.SearchIndex`) and what it speaks;
``words`` cuts text; ``building`` makes an index; ``embedded`` answers from one; ``service`` publishes and opens.
A managed search service can take over by another class that fulfills the port.
"""
