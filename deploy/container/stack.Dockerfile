# The whole local stack, `npm start`, with Java and Google's emulators; docs/container.md says how to run it. Build it at the root of
# the repository: docker build --file deploy/container/stack.Dockerfile .
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d
# Not pinned: its registry could not be reached where this was written, so its digest is not known. To pin it:
# --build-arg EMULATORS_IMAGE=gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators@sha256:...
ARG EMULATORS_IMAGE=gcr.io/google.com/cloudsdktool/google-cloud-cli:emulators

FROM ${NODE_IMAGE} AS node

FROM ${EMULATORS_IMAGE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \
 && mkdir /hangtag /data && chown 65532:65532 /hangtag /data
USER 65532:65532
WORKDIR /hangtag
ENV HOME=/tmp
COPY --chown=65532:65532 . .
RUN npm ci --no-audit --no-fund && npm run bundle
ENTRYPOINT ["npm", "start", "--", "--data", "/data/stack"]
