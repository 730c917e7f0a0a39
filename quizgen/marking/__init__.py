"""The fold over the asked answers: correct, carried, mistake, partial, wrong. It knows no exam and no file."""
