# An image that runs without privileges on a read-only root file system; only /var/lib/sallyport and /tmp are written.
FROM node:24-bookworm-slim AS build
WORKDIR /opt/sallyport
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY bin bin
COPY src src
COPY policies policies
COPY rules rules
COPY data data
COPY LICENSE README.md ./

FROM node:24-bookworm-slim
RUN groupadd --gid 10001 sallyport \
  && useradd --uid 10001 --gid 10001 --home-dir /var/lib/sallyport --shell /usr/sbin/nologin sallyport \
  && install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/sallyport /etc/sallyport
COPY --from=build /opt/sallyport /opt/sallyport
USER 10001:10001
WORKDIR /var/lib/sallyport
ENV SALLYPORT_HOST=0.0.0.0 SALLYPORT_PORT=8080 SALLYPORT_DATA=/var/lib/sallyport
VOLUME /var/lib/sallyport
EXPOSE 8080
# With TLS in the gateway itself, give a health check of your own that trusts its certificate.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["/opt/sallyport/node_modules/node/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.SALLYPORT_PORT}/-/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/sallyport/node_modules/node/bin/node", "--disable-warning=ExperimentalWarning", "/opt/sallyport/src/main.ts"]
CMD ["serve"]
