// Angles too large for the vector reduction.
#ifndef GLIA_ANGLE_H
#define GLIA_ANGLE_H

/// x = multiple · π/2 + high + low with |high + low| ≤ π/4; returns multiple mod 4. For finite |x| ≥ 1.
int glia_reduce_angle(double x, double *high, double *low);

#endif
