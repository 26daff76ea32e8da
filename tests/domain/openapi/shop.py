"""The OpenAPI document of a shop: what documents do in one of a page."""

from __future__ import annotations

from typing import Any

SHOP: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1.2"},
    "servers": [{"url": "https://{region}.shop.example/v1/", "variables": {"region": {"default": "eu"}}}],
    "security": [{"key": []}],
    "paths": {
        "/orders": {
            "parameters": [{"$ref": "#/components/parameters/Tenant"}],
            "get": {
                "operationId": "listOrders",
                "summary": "All orders",
                "tags": ["orders"],
                "parameters": [
                    {"name": "page[size]", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 20}},
                    {"name": "status", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
                    {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    200: {
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}
                            }
                        }
                    }
                },
            },
            "post": {
                "operationId": "createOrder",
                "parameters": [{"name": "Idempotency-Key", "in": "header", "required": True}],
                "security": [{"client": ["orders:write"]}],
                "requestBody": {"$ref": "#/components/requestBodies/NewOrder"},
                "responses": {
                    "201": {"$ref": "#/components/responses/Order"},
                    "default": {"description": "An error."},
                },
            },
        },
        "/orders/{orderId}/lines/{n}": {
            "delete": {
                "parameters": [
                    {
                        "name": "orderId",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "description": "Which"},
                    },
                    {"name": "n", "in": "path", "required": True, "schema": {"type": "integer"}},
                    {"name": "session", "in": "cookie", "schema": {"type": "string"}},
                ],
                "security": [],
                "responses": {"204": {"description": "Gone"}},
            },
        },
        "/orders/{orderId}/scan": {
            "post": {
                "operationId": "addScan",
                "parameters": [{"name": "orderId", "in": "path", "required": True}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "required": ["scan"],
                                "properties": {
                                    "scan": {"type": "string", "format": "binary"},
                                    "note": {"type": "string"},
                                },
                            }
                        }
                    },
                },
                "responses": {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}},
            },
            "get": {
                "operationId": "getScan",
                "parameters": [{"name": "orderId", "in": "path", "required": True}],
                "responses": {"200": {"content": {"application/pdf": {}}}},
            },
            "put": {
                "operationId": "replaceScan",
                "parameters": [{"name": "orderId", "in": "path", "required": True}],
                "requestBody": {"content": {"application/pdf": {}}},
                "responses": {"2XX": {"content": {"application/problem+json": {"schema": {}}}}},
            },
        },
        "/sign-up": {
            "post": {
                "operationId": "signUp",
                "requestBody": {
                    "content": {
                        "application/x-www-form-urlencoded": {
                            "schema": {"type": "object", "properties": {"email": {"type": "string"}}}
                        }
                    }
                },
                "responses": {},
                "security": [{}, {"key": []}],
            }
        },
    },
    "components": {
        "parameters": {"Tenant": {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}},
        "requestBodies": {
            "NewOrder": {
                "required": True,
                "content": {
                    "text/csv": {"schema": {"type": "string"}},
                    "application/json": {"schema": {"$ref": "#/components/schemas/Order"}},
                },
            }
        },
        "responses": {"Order": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}},
        "schemas": {
            "Base": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "string", "readOnly": True},
                    "status": {"type": "string", "enum": ["open", "done"], "description": "How far it is"},
                },
            },
            "Order": {
                "allOf": [
                    {"$ref": "#/components/schemas/Base"},
                    {
                        "type": "object",
                        "required": ["total", "lines", "note"],
                        "properties": {
                            "total": {"type": "string", "format": "decimal"},
                            "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                            "note": {"type": "string", "nullable": True, "maxLength": 50},
                            "secret": {"type": "string", "writeOnly": True},
                            "placedOn": {"type": "string", "format": "date"},
                            "buyer": {"oneOf": [{"$ref": "#/components/schemas/Line"}, {"type": "string"}]},
                        },
                    },
                ]
            },
            "Line": {
                "type": "object",
                "required": ["sku"],
                "properties": {
                    "sku": {"type": "string"},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
                },
            },
        },
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "client": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {"tokenUrl": "https://shop.example/token", "scopes": {"orders:write": "Write"}}
                },
            },
        },
    },
}
