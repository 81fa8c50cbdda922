"""Chapter "SGD and momentum": noise and pace, schedules, barriers, and what is called momentum."""

from ravine.experiments.sgd_and_momentum.adaptive import Competition, TooFast, Tuned, compete, courses
from ravine.experiments.sgd_and_momentum.barrier import ALPHAS, Crossings, Ride, crossed, crossings, ride
from ravine.experiments.sgd_and_momentum.drops import Drop, Drops, drop
from ravine.experiments.sgd_and_momentum.forms import FORMS, Forms, forms, moments
from ravine.experiments.sgd_and_momentum.network import RUNS, TRAINED, Far, NetworkRuns, Networks, train
from ravine.experiments.sgd_and_momentum.rivals import RULES
from ravine.experiments.sgd_and_momentum.schedules import Scheduled, Schedules, schedules, schedules_of
from ravine.experiments.sgd_and_momentum.surfaces import SURFACES, Surfaces, arrival
from ravine.experiments.sgd_and_momentum.variance import SETTINGS, Hover, Hovering, hover
