"""The pytest face of the Pocketsflow emulator: the fixtures `pocketsflow` and `pocketsflow_async`,
and their mark.
"""
