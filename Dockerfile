# syntax=docker/dockerfile:1
# docker build -t guiwen .    Runs as a user without rights, on a read-only root: see compose.yaml.
ARG NODE_VERSION=20

# What compiles the native addons stays in this stage.
FROM node:${NODE_VERSION}-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY src ./src
COPY prompts ./prompts
COPY corpus ./corpus
COPY docs ./docs
COPY CHANGELOG.md LICENSE ./
# The index of the plans that come along; a corpus that is mounted gets its own, in the volume, at the first start.
RUN node --import tsx src/cli.ts ingest --corpus corpus --index /var/lib/guiwen/index \
  && mkdir -p -m 700 /var/lib/guiwen/data \
  && chown -R node:node /var/lib/guiwen

FROM node:${NODE_VERSION}-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8787 \
    INDEX_DIR=/var/lib/guiwen/index \
    DATA_DIR=/var/lib/guiwen/data
WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=node:node /var/lib/guiwen /var/lib/guiwen
USER node
VOLUME /var/lib/guiwen
EXPOSE 8787
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the process that gets the signal to stop.
ENTRYPOINT ["node", "--import", "tsx", "src/cli.ts"]
CMD ["serve"]
