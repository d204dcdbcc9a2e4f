"""A bundle with an accelerated model, which is the CPU's again, and an accelerator's library.

Both are made here: the library with a C compiler, so no device is needed.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from edge import resources

# The beginnings of TfLiteContext, TfLiteRegistration and TfLiteDelegate, as in TensorFlow Lite's
# common.h; the runtime reads no further. `START` aborts while a model is prepared, which the probe
# does not do; `INVOKES` takes over the model's first operator, and aborts inside that of this
# number. With neither, it leaves the whole model to the CPU.
_SOURCE = """
#include <stdint.h>
#include <stdlib.h>

struct nodes { int count; int at[]; };
struct kernel {
    void *init, *free, *prepare;
    int (*invoke)(void *, void *);
    void *profile;
    int32_t builtin;
    const char *name;
    int version;
    void *rest[16];
};
struct context {
    size_t count;
    int (*plan)(struct context *, struct nodes **);
    void *tensors, *inner, *resize, *report, *add, *node;
    int (*replace)(struct context *, struct kernel, const struct nodes *, void *);
};
struct delegate {
    void *data;
    int (*prepare)(struct context *, struct delegate *);
    void *copy_from, *copy_to, *free;
    int64_t flags;
    void *builder;
};

#ifdef INVOKES
static int left = INVOKES;
static int invoke(void *context, void *node) {
    if (--left == 0) abort();
    return 0;
}
#endif

static int prepare(struct context *context, struct delegate *delegate) {
#ifdef START
    abort();
#endif
#ifdef INVOKES
    struct nodes *plan;
    struct { int count, at[1]; } first = {1};
    struct kernel kernel = {.invoke = invoke, .name = "aborts", .version = 1};
    if (context->plan(context, &plan)) return 1;
    first.at[0] = plan->at[0];
    return context->replace(context, kernel, (struct nodes *)&first, delegate);
#endif
    return 0;
}

static struct delegate all = {.prepare = prepare};

void *tflite_plugin_create_delegate(char **keys, char **values, size_t count,
                                    void (*report)(const char *)) { return &all; }
void tflite_plugin_destroy_delegate(void *delegate) {}
"""


def bundle(folder: Path, model: bytes | None = None, selftest: bool = True) -> Path:
    """A copy of the shipped bundle as ``folder``, with ``model`` as the accelerated one."""
    shutil.copytree(resources.models() / "bundles" / "ishara-stream", folder)
    model = model or (folder / "model.tflite").read_bytes()
    (folder / "accelerated.tflite").write_bytes(model)
    manifest = folder / "bundle.toml"
    text = manifest.read_text(encoding="utf-8")
    if not selftest:
        before, rest = text.split("[selftest]")
        text = before + rest[rest.index("[provenance]") :]
    text += f"""
[accelerated]
model = "accelerated.tflite"
sha256 = "{hashlib.sha256(model).hexdigest()}"
"""
    manifest.write_text(text, encoding="utf-8")
    return folder


def compiled(folder: Path, *flags: str) -> Path:
    """A library in ``folder``, made with ``flags``; skips the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler (cc) for an accelerator's library")
    source, library = folder / "delegate.c", folder / f"delegate{''.join(flags)}.so"
    source.write_text(_SOURCE)
    command = [compiler, *flags, "-shared", "-fPIC", "-o", str(library), str(source)]
    subprocess.run(command, check=True)
    return library
