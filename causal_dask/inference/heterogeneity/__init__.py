"""For whom treatments work: groups, rankings, projections, and tests of whether effects vary."""
