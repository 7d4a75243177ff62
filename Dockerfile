# The emulator as a server: docker build -t pocketsflow-emulator . && docker run -p 127.0.0.1:6060:6060 pocketsflow-emulator
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/emulator
COPY pyproject.toml README.md LICENSE ./
COPY emulator ./emulator
COPY pytest_plugin ./pytest_plugin
COPY schemas ./schemas
COPY scenarios ./scenarios
# what only installs, and the people of other countries, are left behind: half of the layer
RUN /opt/emulator/bin/pip install --no-cache-dir --disable-pip-version-check . \
 && rm -rf /opt/emulator/lib/python*/site-packages/pip* /opt/emulator/lib/python*/site-packages/setuptools* \
      /opt/emulator/lib/python*/site-packages/pkg_resources /opt/emulator/bin/pip* \
 && find /opt/emulator/lib -regextype posix-extended -type d ! -name 'en*' \
      -regex '.*/faker/providers/[a-z_]+/[a-z]{2}(_[A-Z]{2})?' -prune -exec rm -rf {} + \
 && /opt/emulator/bin/python -m compileall -q /opt/emulator/lib \
 && /opt/emulator/bin/pocketsflow-emulator run trial-converts

FROM python:3.13-slim
LABEL org.opencontainers.image.title="pocketsflow-emulator" \
      org.opencontainers.image.description="Pocketsflow webhooks on demand, signed, on a virtual clock" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/emulator /opt/emulator
# mount your own: scenarios to be run by name; seed files and scenarios for the start; where --data may write
RUN mkdir /scenarios /init.d /data && chown 10001:10001 /data
ENV PATH=/opt/emulator/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    POCKETSFLOW_EMULATOR_HOST=0.0.0.0 \
    POCKETSFLOW_EMULATOR_SCENARIOS=/scenarios \
    POCKETSFLOW_EMULATOR_INIT=/init.d
USER 10001:10001
EXPOSE 6060
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --start-interval=1s CMD ["pocketsflow-emulator", "ready"]
ENTRYPOINT ["pocketsflow-emulator"]
CMD ["serve"]
