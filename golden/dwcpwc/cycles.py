"""stub"""
def layer_cycles(layer, config):
    return -min(layer.tile_pixels,5)
