// Carries the precompiled headers of libs/varsam.cmake; holds no code.
