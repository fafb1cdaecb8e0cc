"""Networks: from a .tflite file to a program for the accelerator."""
