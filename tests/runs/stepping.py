"""Update rules stepped as training steps them, on one lane."""

import torch

from catlearn.runs.instructions import compile_rule
from catlearn.runs.update import Update, initial_states


class Stepping:
    """A point (P,) and states that a rule moves, step by step."""

    def __init__(self, plan, start, epoch_steps=1):
        rule = compile_rule(plan)
        self.theta, self.gradient = start.clone().unsqueeze(0), torch.zeros_like(start).unsqueeze(0)
        self.states = tuple(state.unsqueeze(0) for state in initial_states(rule, start))
        self.update = Update([rule], self.theta, self.gradient, self.states, epoch_steps)

    def step(self, t, gradient):
        """The point after step t."""
        self.gradient[0] = gradient
        self.update.step(t)
        return self.theta[0].clone()


def descend(plan, loss, start, steps):
    """The points (steps, P) after each step down a loss, which is given the number of the step and the point."""
    stepping, path = Stepping(plan, start), []
    for t in range(1, steps + 1):
        variable = stepping.theta[0].clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(t, variable), variable)
        path.append(stepping.step(t, gradient))
    return torch.stack(path)


def torch_descend(make, loss, start, steps):
    """The same by an optimiser of torch."""
    x = start.clone().requires_grad_()
    optimiser, path = make([x]), []
    for t in range(1, steps + 1):
        optimiser.zero_grad()
        loss(t, x).backward()
        optimiser.step()
        path.append(x.detach().clone())
    return torch.stack(path)
