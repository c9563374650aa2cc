# Any image with Python 3.11 or newer and its venv module will do, as long as both stages use the same.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
# pip reads these from the environment: another package index, for networks that need one.
ARG PIP_INDEX_URL
ARG PIP_TRUSTED_HOST
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1 PIP_RETRIES=10 PIP_DEFAULT_TIMEOUT=60
WORKDIR /src
RUN python3 -m venv /build && python3 -m venv --without-pip /app
COPY requirements-build.lock requirements-run.lock ./
# The finished environment has no pip of its own: the other one's installs into it, and only what is built already.
RUN /build/bin/python -m pip install --require-hashes --only-binary :all: -r requirements-build.lock \
    && /build/bin/python -m pip --python /app/bin/python install --require-hashes --only-binary :all: -r requirements-run.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
RUN /build/bin/python -m pip wheel --no-deps --no-index --no-build-isolation --wheel-dir /wheels . \
    && /build/bin/python -m pip --python /app/bin/python install --no-deps --no-index /wheels/*.whl

FROM ${PYTHON_IMAGE}
ENV PATH=/app/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    NABIJ_CONTENT_DIR=/content \
    NABIJ_DATA_DIR=/data \
    NABIJ_HOST=0.0.0.0 \
    NABIJ_PORT=8080 \
    NABIJ_METRICS_PORT=8080
COPY --from=build /app /app
COPY content /content
# A number, so that a platform which refuses root can see that this is not root.
RUN mkdir /data && chown 10001:10001 /data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['NABIJ_PORT']}/healthz\", timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["nabij"]
CMD ["serve"]
