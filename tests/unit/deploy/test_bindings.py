"""Schemas are read from bindings as CDKTF generates them."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from deploy.standin_provider.bindings import UnknownType, read, schemas

JAVASCRIPT = """
function shelfLockToHclTerraform(struct) {
    const attrs = {
        code: {
            value: cdktf.stringToHclTerraform(struct.code),
            isBlock: false,
            type: "simple",
            storageClassType: "string",
        },
    };
}
class ShelfLockOutputReference extends cdktf.ComplexObject {
    get code() {
        return this.getStringAttribute('code');
    }
}
class ShelfPlaceOutputReference extends cdktf.ComplexObject {
    // row - computed: true, optional: false, required: false
    get row() {
        return this.getNumberAttribute('row');
    }
}
class ShelfPlaceList extends cdktf.ComplexList {
}
class Shelf extends cdktf.TerraformResource {
    constructor(scope, id, config) {
        // place - computed: true, optional: false, required: false
        this._place = new ShelfPlaceList(this, "place", true);
        // lock - computed: false, optional: false, required: true
        this._lock = new ShelfLockOutputReference(this, "lock");
    }
    get arn() {
        return this.getStringAttribute('arn');
    }
    get owners() {
        return cdktf.Fn.tolist(this.getListAttribute('owners'));
    }
    synthesizeHclAttributes() {
        const attrs = {
            name: {
                value: cdktf.stringToHclTerraform(this._name),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            owners: {
                value: cdktf.listMapperHcl(cdktf.stringToHclTerraform, false)(this._owners),
                isBlock: false,
                type: "set",
                storageClassType: "stringList",
            },
            password_wo: {
                value: cdktf.stringToHclTerraform(this._passwordWo),
                isBlock: false,
                type: "simple",
                storageClassType: "string",
            },
            lock: {
                value: shelfLockToHclTerraform(this._lock.internalValue),
                isBlock: true,
                type: "list",
                storageClassType: "ShelfLockList",
            },
        };
    }
}
"""
DECLARATIONS = """
export interface ShelfConfig extends cdktf.TerraformMetaArguments {
    readonly name: string;
    readonly owners?: string[];
    readonly passwordWo?: string;
    readonly lock: ShelfLock;
}
export interface ShelfLock {
    readonly code: string;
}
"""


def test_arguments_are_required_or_may_be_filled_in() -> None:
    attributes = read(JAVASCRIPT, DECLARATIONS)["attributes"]
    assert attributes["name"] == {
        "type": "string",
        "required": True,
        "optional": False,
        "computed": False,
        "write_only": False,
    }
    assert attributes["owners"]["type"] == ["set", "string"]
    assert attributes["owners"]["optional"]
    assert attributes["owners"]["computed"]


def test_a_write_only_argument_is_never_read_back() -> None:
    password = read(JAVASCRIPT, DECLARATIONS)["attributes"]["password_wo"]
    assert password["write_only"]
    assert not password["computed"]


def test_what_can_only_be_read_is_computed() -> None:
    attributes = read(JAVASCRIPT, DECLARATIONS)["attributes"]
    assert attributes["arn"]["computed"]
    assert not attributes["arn"]["optional"]
    assert attributes["place"]["type"] == ["set", ["object", {"row": "number"}]]


def test_blocks_say_how_often_they_may_stand_there() -> None:
    lock = read(JAVASCRIPT, DECLARATIONS)["blocks"]["lock"]
    assert (lock["nesting"], lock["least"], lock["most"]) == ("list", 1, 1)
    assert lock["block"]["attributes"]["code"]["required"]


def _wheel(path: Path) -> Path:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as package:
        for name, text in (("index.js", JAVASCRIPT), ("index.d.ts", DECLARATIONS)):
            member = tarfile.TarInfo(f"package/lib/data-aws-big-shelf/{name}")
            member.size = len(text.encode())
            package.addfile(member, io.BytesIO(text.encode()))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bindings/_jsii/provider.jsii.tgz", inner.getvalue())
    return path


def test_data_sources_have_folders_of_their_own(tmp_path: Path) -> None:
    wheel = _wheel(tmp_path / "bindings.whl")
    assert set(schemas(wheel, ["data.aws_big_shelf"])) == {"data.aws_big_shelf"}
    with pytest.raises(UnknownType, match="aws_big_shelf"):
        schemas(wheel, ["aws_big_shelf"])
