"""The ten types a value can be declared to have: what each accepts, what fits into what, and what stands inside."""

from domain.types.accepts import accepts, check
from domain.types.always import always_fits
from domain.types.declared import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
    describe,
    read_type,
)
from domain.types.fits import NoSuchField, fits, type_at
from domain.types.limits import read_decimal

__all__ = [
    "BooleanType",
    "DateType",
    "DecimalType",
    "FileType",
    "FilesType",
    "JsonTextType",
    "ListType",
    "NoSuchField",
    "NumberType",
    "ObjectField",
    "ObjectType",
    "TextType",
    "ValueType",
    "accepts",
    "always_fits",
    "check",
    "describe",
    "fits",
    "read_decimal",
    "read_type",
    "type_at",
]
