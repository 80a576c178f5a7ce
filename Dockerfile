# The daemon as an image. It starts the analyses on the host's Docker Engine, so it needs that engine's socket, and every
# folder that both sides use has to have the same path inside and outside:
#
#   docker build -t tidewheel .
#   docker run -d --name tidewheel --restart unless-stopped \
#     -v /var/run/docker.sock:/var/run/docker.sock --group-add "$(stat -c %g /var/run/docker.sock)" \
#     -v /var/lib/tidewheel:/var/lib/tidewheel -v /srv/data:/srv/data:ro -v /etc/tidewheel:/etc/tidewheel:ro \
#     tidewheel
#   docker exec tidewheel tidewheel status
#
# Before that, on the host: config/tidewheeld.yaml as /etc/tidewheel/tidewheeld.yaml, an (empty) folder
# /etc/tidewheel/pipelines.d, and `chown 990:990 /var/lib/tidewheel`: the daemon is user 990 of the image. The same user has
# to be able to read the data, for example by `setfacl -R -m u:990:rX /srv/data`.
# For `tidewheel` on the host, bind /run/tidewheel too, owned by 990.
FROM debian:bookworm-slim AS build
COPY tests/parts/packages tests/parts/common.sh /src/tests/parts/
RUN apt-get update && /src/tests/parts/packages build
COPY . /src
WORKDIR /src
RUN cmake --preset release && cmake --build build/release --target tidewheeld tidewheel \
 && strip build/release/bin/tidewheeld build/release/bin/tidewheel

FROM debian:bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      libboost-json1.81.0 libyaml-cpp0.7 libsqlite3-0 libspdlog1.10 libfmt9 libssl3 libpugixml1v5 libzstd1 libdate-tz3 libqrencode4 \
      ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --system --gid 990 tidewheel \
 && useradd --system --uid 990 --gid 990 --home-dir /var/lib/tidewheel --shell /usr/sbin/nologin tidewheel \
 && install -d -m 0750 -o tidewheel -g tidewheel /var/lib/tidewheel \
 && install -d -m 0755 -o tidewheel -g tidewheel /run/tidewheel \
 && install -d /etc/tidewheel/pipelines.d
COPY --from=build /src/build/release/bin/tidewheeld /src/build/release/bin/tidewheel /usr/bin/
COPY config/tidewheeld.yaml /etc/tidewheel/
COPY LICENSE README.md /usr/share/doc/tidewheel/
USER tidewheel
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["tidewheel", "status", "--json"]
ENTRYPOINT ["tidewheeld"]
CMD ["--config", "/etc/tidewheel/tidewheeld.yaml"]
