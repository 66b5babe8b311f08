"""One file for each dashboard: what it shows and why. board.py says how that becomes Grafana's JSON."""

from cloche_observability.dashboards.api import API
from cloche_observability.dashboards.board import Board
from cloche_observability.dashboards.evaluation import EVALUATION
from cloche_observability.dashboards.executors import EXECUTORS
from cloche_observability.dashboards.log import LOG
from cloche_observability.dashboards.platform import PLATFORM
from cloche_observability.dashboards.storage import STORAGE

BOARDS: tuple[Board, ...] = (PLATFORM, EVALUATION, EXECUTORS, LOG, API, STORAGE)
