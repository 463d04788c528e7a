from tests.http.conftest import certificate

__all__ = ["certificate"]
