"""Marking on a cluster of Dask: the same work on other machines."""

from quizgen.cluster.client import Cluster, cluster_at

__all__ = ["Cluster", "cluster_at"]
