"""Volume data: a préfecture's eighteen months made in memory, written by COPY. For measures and demonstrations."""
